// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "@openzeppelin/contracts/utils/Address.sol";

/// One trade, in a contract of its own: a clone that TradeFactory makes.
contract Trade {
    enum Stage { None, Open, Funded, PartlyPaid, Paid, Refunded }

    event Opened(address seller, address buyer, uint256 amount);
    event Funded(uint256 amount);
    event Paid(uint256[] amounts, bool isLast);
    event Refunded();
    event Noted(string text);

    Stage public stage;
    address payable public seller;
    address payable public buyer;

    function initialize(address payable seller_, address payable buyer_, uint256 amount) external {
        require(stage == Stage.None);
        (stage, seller, buyer) = (Stage.Open, seller_, buyer_);
        emit Opened(seller_, buyer_, amount);
    }

    function fund() external payable {
        stage = Stage.Funded;
        emit Funded(msg.value);
    }

    function pay(uint256[] calldata amounts) external {
        for (uint256 i = 0; i < amounts.length; i++) Address.sendValue(buyer, amounts[i]);
        bool isLast = address(this).balance == 0;
        stage = isLast ? Stage.Paid : Stage.PartlyPaid;
        emit Paid(amounts, isLast);
    }

    function refund() external {
        stage = Stage.Refunded;
        Address.sendValue(seller, address(this).balance);
        emit Refunded();
    }

    /// Anybody may say anything.
    function note(string calldata text) external {
        emit Noted(text);
    }

    /// No event tells of it.
    function takeBack() external {
        stage = Stage.Refunded;
        Address.sendValue(seller, address(this).balance);
    }
}
