// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.20;

interface IEscrow {
    function create(bytes32 id, address buyer, address token, uint256 amount, uint64 depositDeadline, uint64 deadline) external;
    function fund(bytes32 id) external payable;
    function lock(bytes32 id) external;
    function release(bytes32 id) external;
    function cancelBySeller(bytes32 id) external;
    function escrowOf(bytes32 id)
        external
        view
        returns (uint8 state, address seller, address buyer, address token, uint256 amount, uint256 balance);
}

/// @title The seller of every escrow of a benchmark: takes many of them a step further in one transaction
contract BatchSeller {
    uint64 private constant NEVER = 4_102_444_800;

    receive() external payable {}

    /// @notice One block's work: a batch is created, the ones before it are funded, locked and ended. A batch's place in
    /// its life is how many `stride`s ago it was created; those before the first one are not there.
    function turn(IEscrow escrow, address buyer, uint256 batch, uint256 size, uint256 stride) external {
        for (uint256 i = 0; i < size; i++) escrow.create(_id(batch, i), buyer, address(0), 1 + i, NEVER, NEVER);
        if (batch < stride) return;
        for (uint256 i = 0; i < size; i++) escrow.fund{value: 1 + i}(_id(batch - stride, i));
        if (batch < 2 * stride) return;
        for (uint256 i = 0; i < size; i++) {
            if (i % 10 == 9) escrow.cancelBySeller(_id(batch - 2 * stride, i));
            else escrow.lock(_id(batch - 2 * stride, i));
        }
        if (batch < 3 * stride) return;
        for (uint256 i = 0; i < size; i++) {
            if (i % 10 == 9) continue;
            escrow.release(_id(batch - 3 * stride, i));
        }
    }

    /// @notice The states and balances of a batch, as the contract has them.
    function read(IEscrow escrow, uint256 batch, uint256 size)
        external
        view
        returns (uint8[] memory states, uint256[] memory balances)
    {
        states = new uint8[](size);
        balances = new uint256[](size);
        for (uint256 i = 0; i < size; i++) (states[i],,,,, balances[i]) = escrow.escrowOf(_id(batch, i));
    }

    function _id(uint256 batch, uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode(batch, i));
    }
}
